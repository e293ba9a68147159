/**
 * inference: models on disk, engine hosts, tokenizers, images.
 *
 * Owns: manifests and their verification, child processes that hold onnxruntime sessions, the dispatcher that feeds
 * them from the batcher, engines on servers elsewhere, tokenisation, image decoding and the masks of segmenters.
 * Refuses: clients, queues, tenants' data; the gateway never imports this room. Only an engine host loads onnxruntime.
 */
export type {
  BatchOpening,
  InferenceObserver,
  RunObservation,
  TracedBatch,
} from './dispatch/inference.observer.js';
export type { InferenceOptions, InferenceStats, ModelStats } from './dispatch/inference.options.js';
export type { OpenEngine } from './dispatch/engine-link.js';
export { InferenceFleet } from './dispatch/inference-fleet.js';
export { InferenceService } from './dispatch/inference-service.js';
export { checkDevice, type DeviceCheck } from './gpu/check-device.js';
export { placeNodes } from './gpu/place-nodes.js';
export { decodeImage, readSize, type DecodedImage } from './images/decode-image.js';
export { placeInImage, type ImageView, type PixelBox, type PixelSize } from './images/image-view.js';
export {
  decodeImageAside,
  decodePartsAside,
  type BorrowedImage,
  type BorrowedImages,
} from './images/decode-aside.js';
export { drawMasksAside } from './masks/draw-masks-aside.js';
export { drawMasks, type DrawnMasks, type MaskForm, type MaskOrder } from './masks/draw-masks.js';
export type { GraphScores, Look } from './masks/score-field.js';
export type {
  InferenceOutputs,
  InferenceRequest,
  InferenceResult,
  RowInputs,
  RowTensor,
} from './inference.types.js';
export type { DetectionSpec, GateSpec, ImageSpec, Manifest, SegmentationSpec } from './models/manifest.js';
export type { ModelCatalogue, ModelHandle } from './models/model-catalogue.js';
export { ModelRepository, ModelRepositoryError, type RepositoryOptions } from './models/model-repository.js';
export { buildManifest, checkSettings, pullableTasks, type PulledFolder } from './optimum/build-manifest.js';
export { chooseFiles, variantsOf, type ChosenFile, type ChosenFiles } from './optimum/choose-files.js';
export type { PullOptions, PullSource } from './optimum/pull-options.js';
export { UnsupportedModelError } from './optimum/unsupported-model.error.js';
export {
  loadEncoderTokenizer,
  loadTokenizer,
  loadUnigram,
  loadWordPiece,
  type LoadedEncoderTokenizer,
  type LoadedWordPiece,
} from './tokenizers/load-tokenizer.js';
export { ServerAwayError } from './remote/open-inference.client.js';
export { precisionConfig } from './precision-config.js';
export { prepackModels } from './prepacked/prepack-models.js';
export { remoteEngines } from './remote/remote-server.js';
export type { OffsetTokenizer, Tokenizer, TokensWithOffsets } from './tokenizers/tokenizer.js';
