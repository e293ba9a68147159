import { describe, expect, it } from '@jest/globals';
import { splitLists } from './split-lists.js';

describe('splitLists', () => {
  it('reads a list with commas, a repeated parameter and an empty one, and leaves the others as they are', () => {
    expect(splitLists({ groupBy: 'task,key', cursor: 'a,b' }, 'groupBy')).toEqual({
      groupBy: ['task', 'key'],
      cursor: 'a,b',
    });
    expect(splitLists({ groupBy: ['task', 'key,model'] }, 'groupBy')['groupBy']).toEqual([
      'task',
      'key',
      'model',
    ]);
    expect(splitLists({ groupBy: '' }, 'groupBy')['groupBy']).toEqual([]);
  });
});
