import { pngBase64 } from './one-pixel.js';

export const texts = (...data: string[]) => ({
  ...{ name: 'text', datatype: 'BYTES', shape: [data.length], data },
});
export const embed = (...data: string[]) => ({ inputs: [texts(...data)] });

/** What of a request's tensors is refused: in words, the model that is asked, the body, and what is told. */
export const refusedTensors: [name: string, path: string, body: object, told: string][] = [
  ['an unknown model', 'unicorn', embed('a'), '404 resource.not_found: No model is called unicorn'],
  ['an unknown version', 'en-pt/versions/7', embed('a'), '404 resource.not_found: en-pt has no version 7'],
  ['a version of a task', 'embed/versions/1', embed('a'), '404 resource.not_found'],
  ['no inputs', 'embed', {}, '422 request.invalid: inputs: '],
  [
    'an unknown input',
    'embed',
    { inputs: [{ ...texts('a'), name: 'x' }] },
    'inputs[0].name: must be one of text',
  ],
  ['an input twice', 'embed', { inputs: [texts('a'), texts('b')] }, 'inputs: have text more than once'],
  ['a missing input', 'translate', embed('a'), 'inputs: lack target'],
  [
    'a wrong datatype',
    'embed',
    { inputs: [{ ...texts(), datatype: 'INT32', shape: [1], data: [1] }] },
    'inputs[0].datatype: must be BYTES for text, not INT32',
  ],
  [
    'a datatype that no field has',
    'embed',
    { inputs: [{ ...texts('a'), datatype: 'FP64' }] },
    'inputs[0].datatype: must be one of',
  ],
  [
    'a wrong shape',
    'embed',
    { inputs: [{ ...texts('a', 'b'), shape: [1, 2] }] },
    'inputs[0].shape: must be [rows] for text, not [1, 2]',
  ],
  [
    'a shape of too many dimensions',
    'embed',
    { inputs: [{ ...texts('a'), shape: [1, 1, 1] }] },
    'inputs[0].shape: ',
  ],
  [
    'fewer elements than the shape says',
    'embed',
    { inputs: [{ ...texts('a'), shape: [2] }] },
    'inputs[0].data: has 1 elements instead of the 2',
  ],
  [
    'elements of another type',
    'embed',
    { inputs: [{ ...texts('a'), data: [1] }] },
    'inputs[0].data[0]: is no element of BYTES',
  ],
  ['no rows', 'embed', { inputs: [texts()] }, 'inputs: have 0 rows'],
  [
    'rows that do not match',
    'translate',
    { inputs: [texts('a', 'b', 'c'), { ...texts('pt', 'en'), name: 'target' }] },
    'inputs: have 3, 2 rows',
  ],
  [
    'a file that is to stand for several rows',
    'classify-image',
    {
      inputs: [
        { ...texts(pngBase64), name: 'image' },
        { name: 'topK', datatype: 'INT32', shape: [2], data: [1, 2] },
      ],
    },
    'inputs: have 1, 2 rows',
  ],
  [
    'too many rows',
    'embed',
    embed(...Array.from({ length: 129 }, () => 'a')),
    'inputs: 129 rows are too many',
  ],
  ['an empty text', 'embed', embed('a', ''), 'rows[1].text: '],
  [
    'a parameter of the protocol of another type',
    'embed',
    { ...embed('a'), parameters: { timeout: 'soon' } },
    'parameters.timeout: ',
  ],
  [
    'an unknown parameter',
    'embed',
    { ...embed('a'), parameters: { priority: 1 } },
    'parameters.priority: is no parameter of embed',
  ],
  [
    'a shared memory region',
    'embed',
    { inputs: [{ ...texts('a'), parameters: { shared_memory_region: 'x' } }] },
    'inputs[0].parameters.shared_memory_region: ',
  ],
  [
    'an unknown output',
    'embed',
    { ...embed('a'), outputs: [{ name: 'x' }] },
    'outputs[0].name: must be one of embedding, error',
  ],
  [
    'neither data nor its size',
    'embed',
    { inputs: [{ ...texts('a'), data: undefined }] },
    'inputs[0]: must have either',
  ],
  [
    'a binary size without bytes',
    'embed',
    { inputs: [{ ...texts('a'), data: undefined, parameters: { binary_data_size: 5 } }] },
    'binary_data_size: is 5, and 0 bytes are left',
  ],
  [
    'a deadline that has passed',
    'embed',
    { ...embed('a'), parameters: { timeout: 1 } },
    '408 deadline.exceeded',
  ],
];
