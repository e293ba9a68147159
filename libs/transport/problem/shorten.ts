/** What was sent, as it is told back to its sender: enough to find it by, whatever its length. */
export function shorten(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength).toWellFormed()}…`;
}
