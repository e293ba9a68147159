/**
 * Header of the Open Inference Protocol, version 2, that says where the JSON of a message ends and the bytes of its
 * tensors begin. Whoever asks and whoever answers are in rooms that do not know each other.
 */
export const headerLengthField = 'inference-header-content-length';
