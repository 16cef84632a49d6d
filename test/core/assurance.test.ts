/** Which level a request demands. */
import { describe, expect, it } from '@jest/globals';
import { demandedLevel, type LevelRequest } from '../../provider/core/assurance.ts';

const ACR = { low: 'urn:low', substantial: 'urn:substantial' };
const request = (changes: Partial<LevelRequest> = {}): LevelRequest => ({
  floor: ['urn:low'],
  voluntary: [],
  ...changes,
});

describe('the demanded level', () => {
  it.each<[string, LevelRequest, string]>([
    ['is the floor of the client', request(), 'low'],
    ['is substantial for a client that says nothing', request({ floor: [] }), 'substantial'],
    ['is the first listed acr_values', request({ voluntary: ['urn:substantial', 'urn:low'] }), 'substantial'],
    [
      'takes the first of them that is known',
      request({ voluntary: ['urn:high', 'urn:substantial'] }),
      'substantial',
    ],
    [
      'never goes below the floor',
      request({ floor: ['urn:substantial'], voluntary: ['urn:low'] }),
      'substantial',
    ],
    ['ignores unknown acr_values', request({ voluntary: ['urn:high'] }), 'low'],
    ['is an essential acr', request({ essential: ['urn:substantial'] }), 'substantial'],
    ['is the lowest acceptable essential acr', request({ essential: ['urn:substantial', 'urn:low'] }), 'low'],
    [
      'does not lose the essential one when both forms are sent',
      request({ voluntary: ['urn:low'], essential: ['urn:substantial'] }),
      'substantial',
    ],
    ['can not be met when no essential acr is known', request({ essential: ['urn:high'] }), 'unmet'],
    ['can not be met when the list is empty', request({ essential: [] }), 'unmet'],
  ])('%s', (_, asked, level) => {
    expect(demandedLevel(asked, ACR)).toBe(level);
  });
});
