/** 128 random bits as 32 digits. Not `randomUUID`, which browsers have on secure pages only. */
export function randomHex(): string {
  const words = crypto.getRandomValues(new Uint32Array(4));
  return [...words].map((word) => word.toString(16).padStart(8, '0')).join('');
}
