/** What a newcomer reads when the server is up; the three lines work as pasted. */
export function banner(
  { url, apiKey }: { url: string; apiKey: string },
  keptIn: string,
  seconds: number,
): string {
  const header = `-H "Authorization: Bearer ${apiKey}"`;
  const json = '-H "Content-Type: application/json"';
  return `
Inferway is ready at ${url} (${seconds.toFixed(1)} s). Reference: ${url}/docs  GraphQL: ${url}/graphql

Your key: ${apiKey}
          (also in ${keptIn}, readable by you only)

Try it:

curl -s ${url}/v1/translate ${header} ${json} -d '{"text": "The weather is lovely today.", "target": "pt"}'

curl -s ${url}/v1/answer ${header} ${json} -d '{"question": "How long does a refund take?", "context": "You can return any order within 30 days of delivery. Refunds take three to five working days."}'

curl -s ${url}/v1/images/classify ${header} -F image=@test/assets/cat.jpg -F topK=3
`;
}
