/** Waits for both, so that a failure of one leaves nothing half-started behind the other's back. @throws the first's failure first */
export async function settleAll<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}
