/** `.env.example` against the variables that there are. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { VARIABLES } from '../../config/variables.ts';

const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const named = [...text.matchAll(/^#? ?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name);

test('.env.example names every variable once and no other', () => {
  expect([...named].sort()).toEqual([...VARIABLES].sort());
});

test('.env.example sets nothing: a copy of it changes nothing', () => {
  expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
});
