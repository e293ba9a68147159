import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '#config';
import { AppError } from '#kernel';
import { exitCodeOf, StartupError } from './startup-error.js';

describe('the exit code of a program', () => {
  it.each([
    ['settings that are wrong', new ConfigError(['PORT: must be a number']), 78],
    ['what is not there yet', new StartupError('no database', 69), 69],
    ['an outage in the middle of its work, which CronJobs try again', new AppError('overloaded'), 75],
    ['what was asked for and is not there', new AppError('resource.not_found'), 1],
    ['a fault of ours, which would be the same again', new AppError('internal'), 1],
    ['any other', new Error('x'), 1],
  ])('tells of %s', (_, error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
