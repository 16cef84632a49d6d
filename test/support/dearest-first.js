/**
 * The order of the files of tests: those that start browsers, servers and programs come first, and of each kind the
 * longest, so that all workers end at about the same time.
 */
import { statSync } from 'node:fs';

const DEAREST = ['browser', 'cli', 'deploy', 'foreign', 'contract', 'http'];

const folderOf = (file) => file.split('/').at(-2) ?? '';

function rankOf(file) {
  const rank = DEAREST.indexOf(folderOf(file));
  return rank === -1 ? DEAREST.length : rank;
}

/** What jest wants of a sequencer. */
export default class DearestFirst {
  sort(tests) {
    const sized = Array.from(tests, (test) => ({
      test,
      rank: rankOf(test.path),
      size: statSync(test.path).size,
    }));
    return sized.toSorted((a, b) => a.rank - b.rank || b.size - a.size).map(({ test }) => test);
  }

  shard(tests) {
    return tests;
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}
