/** A dispatch is bounded to this much predicted engine time: how long a newcomer may find an engine occupied. */
export const maxDispatchMs = 25;

/** Dispatches released to an engine, the one it runs included, so that it never idles for want of work. */
const dispatchesAhead = 4;

/**
 * Predicted engine time that a queue may have handed out for each engine and not answered. Enough to keep it busy, little
 * enough that who is next is decided late, by fairness.
 */
export const releaseWindowMs = dispatchesAhead * maxDispatchMs;

/** Time that a job spends released but at no engine when it goes between machines: on its way there, metered, on its way back. */
const travelMs = 150;

/**
 * The same between machines, where the way is part of it. Fairness loses little: a worker's batcher puts the rows that it
 * holds into fair order once more.
 */
export const clusterReleaseWindowMs = releaseWindowMs + travelMs;
