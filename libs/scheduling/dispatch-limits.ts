/** A dispatch is bounded to this much predicted engine time: how long a newcomer may find an engine occupied. */
export const maxDispatchMs = 50;

/** Dispatches released to an engine, the one it runs included, so that it never idles for want of work. */
const dispatchesAhead = 2;

/**
 * Predicted engine time that a queue may have handed out for each engine and not answered. Enough to keep it busy, little
 * enough that who is next is decided late, by fairness.
 */
export const releaseWindowMs = dispatchesAhead * maxDispatchMs;
