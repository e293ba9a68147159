/**
 * testing: what tests of several rooms share.
 *
 * Owns: where models are found, small models in the hub's layout, a real server as a child process, an OTLP receiver.
 * What loads a database's client or the engines (Postgres, Triton, torments of the meter) is imported by path: Jest loads
 * every module again for every file.
 * Refuses: to be imported by anything that ships.
 */
export { brittleModels, brittleTexts } from './brittle-model.js';
export { ClusterProcess, type ClusterDescription } from './cluster-process.js';
export { referenceAnswers, writeHubLayout, type HubLayoutKind } from './hub-layout.js';
export * from './models-directory.js';
export { noProxy } from './no-proxy.js';
export {
  askInPeace,
  meteredCharacters,
  SteadyLoad,
  type AnswersInPeace,
  type LoadReport,
} from './steady-load.js';
export { ServerProcess } from './server-process.js';
export { attributeOf, OtlpReceiver, type ReceivedSpan } from './otlp-receiver.js';
export { makeCatVideo, makeCutVideo, makeVideo, testFfmpeg } from './test-videos.js';
