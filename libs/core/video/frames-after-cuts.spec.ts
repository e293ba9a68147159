import { expect, it } from '@jest/globals';
import { framesAfterCuts } from './frames-after-cuts.js';

const timesS = [0, 0.2, 0.4, 0.6];

it.each([
  ['between two frames', [0.3], [0.4]],
  ['at a frame', [0.4], [0.4]],
  ['at a frame whose time was rounded', [0.404], [0.4]],
  ['several between two frames', [0.25, 0.3, 0.39], [0.4]],
  ['in several places', [0.1, 0.5], [0.2, 0.6]],
  ['after the last frame', [0.7], []],
  ['nowhere', [], []],
])('the frames after cuts %s', (_, cutsS, after) => {
  expect(framesAfterCuts(timesS, cutsS)).toEqual(after);
});
