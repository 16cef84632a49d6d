/**
 * What Redis does by itself, in one go. Whoever calls says what time it is, for Redis has a clock of its own: an
 * entry that has expired by `now` is absent, though the key may still be there.
 *
 * A document is the string `version|expiresAt|json`. A set is a sorted set: who
 * never expires has the score 0, and who does the instant. Redis sorts members by their bytes as long as all have the
 * score 0; sets whose members expire are small, and told whole. A stream is a list of `number|json`, oldest first,
 * and after them `#` and its tip as a document, if it has one: a key of its own would take as much again as what it holds.
 * Redis' own streams hold four kilobytes ready for what may come, and there are as many as there are people.
 */

/** Keys and arguments for one of the scripts. */
export interface Call {
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

const SETS = `
  local now = tonumber(ARGV[1])

  -- Releases before kept apart what expires when.
  local function prune(members, expiries)
    if redis.call('EXISTS', expiries) == 1 then
      redis.call('ZUNIONSTORE', members, 2, members, expiries, 'AGGREGATE', 'MAX')
      redis.call('DEL', expiries)
    end
    redis.call('ZREMRANGEBYSCORE', members, '(0', ARGV[1])
  end

  local function lastExpiry(members)
    return tonumber(redis.call('ZRANGE', members, -1, -1, 'WITHSCORES')[2] or '0')
  end
`;

/** Entries have numbers without gaps, so that the place of one follows from that of the oldest. */
const STREAMS = `
  local function numberAt(stream, index)
    return tonumber(string.match(redis.call('LINDEX', stream, index) or '', '^%d+') or '0')
  end

  -- The oldest may have lost its number: then what follows it says which it had.
  local function oldestNumber(stream)
    for index = 0, redis.call('LLEN', stream) - 1 do
      local number = numberAt(stream, index)
      if number > 0 then return number - index end
    end
    return 0
  end

  local function tipOf(stream)
    return string.match(redis.call('LINDEX', stream, -1) or '', '^#.*')
  end
`;

/**
 * KEYS: the documents that something is expected of (of a tip its stream), then those of the writes. ARGV: now, the number of expectations,
 * the expected versions ('' for absent), then kind and arguments of each write. Answers 1, or 0 with nothing written.
 */
export const COMMIT = `${SETS}${STREAMS}
  local expectations = tonumber(ARGV[2])
  local keysRead, argumentsRead = expectations, expectations + 2

  local function key()
    keysRead = keysRead + 1
    return KEYS[keysRead]
  end

  local function argument()
    argumentsRead = argumentsRead + 1
    return ARGV[argumentsRead]
  end

  local function isStream(key)
    return string.sub(key, 1, 10) == 'kapu-list:'
  end

  local function versionOf(document)
    local head = isStream(document) and (tipOf(document) or '') or redis.call('GETRANGE', document, 0, 63)
    local version, expiresAt = string.match(head, '^#?([^|]+)|([^|]*)|')
    if not version or (expiresAt ~= '' and tonumber(expiresAt) <= now) then return '' end
    return version
  end

  local function forgetInTime(members)
    if redis.call('ZCOUNT', members, 0, 0) == 0 then
      redis.call('PEXPIRE', members, math.ceil(lastExpiry(members) - now))
    else
      redis.call('PERSIST', members)
    end
  end

  local carryOut = {
    put = function()
      local document, text, milliseconds = key(), argument(), argument()
      if milliseconds == '' then
        redis.call('SET', document, text)
      else
        redis.call('SET', document, text, 'PX', milliseconds)
      end
    end,

    remove = function()
      redis.call('DEL', key())
    end,

    add = function()
      local members, expiries, member, expiresAt = key(), key(), argument(), argument()
      prune(members, expiries)
      if expiresAt ~= '' and tonumber(expiresAt) <= now then
        redis.call('ZREM', members, member)
      else
        redis.call('ZADD', members, expiresAt == '' and 0 or expiresAt, member)
      end
      forgetInTime(members)
    end,

    drop = function()
      local members, expiries, member = key(), key(), argument()
      prune(members, expiries)
      redis.call('ZREM', members, member)
      forgetInTime(members)
    end,

    append = function()
      local stream, text, keep = key(), argument(), argument()
      local tip = tipOf(stream) and redis.call('RPOP', stream)
      redis.call('RPUSH', stream, string.format('%d|', numberAt(stream, -1) + 1) .. text)
      redis.call('LTRIM', stream, -tonumber(keep), -1)
      if tip then redis.call('RPUSH', stream, tip) end
    end,

    tip = function()
      local stream, alone, text = key(), key(), argument()
      redis.call('DEL', alone)
      if tipOf(stream) then redis.call('RPOP', stream) end
      if text ~= '' then redis.call('RPUSH', stream, text) end
    end,
  }

  for i = 1, expectations do
    if versionOf(KEYS[i]) ~= ARGV[i + 2] then return 0 end
  end
  while argumentsRead < #ARGV do
    carryOut[argument()]()
  end
  return 1
`;

/**
 * KEYS: a stream. ARGV: the number before which it is read ('': all), the limit ('': none). Answers its newest entries,
 * oldest first.
 */
export const RANGE = `${STREAMS}
  local newest = redis.call('LLEN', KEYS[1]) - (tipOf(KEYS[1]) and 2 or 1)
  if ARGV[1] ~= '' then
    newest = math.min(newest, tonumber(ARGV[1]) - oldestNumber(KEYS[1]) - 1)
  end
  if newest < 0 then return {} end
  local oldest = ARGV[2] == '' and 0 or math.max(0, newest + 1 - tonumber(ARGV[2]))
  if oldest > newest then return {} end
  return redis.call('LRANGE', KEYS[1], oldest, newest)
`;

/**
 * KEYS: a set. ARGV: now, the lower bound, the limit (-1: none). Answers the members asked for, in their order, and
 * `1` after them; or, where some expire, all in none, and `0`.
 */
export const MEMBERS = `${SETS}
  prune(KEYS[1], KEYS[2])
  local isPage = lastExpiry(KEYS[1]) == 0
  local found = isPage and redis.call('ZRANGEBYLEX', KEYS[1], ARGV[2], '+', 'LIMIT', 0, ARGV[3])
    or redis.call('ZRANGE', KEYS[1], 0, -1)
  found[#found + 1] = isPage and '1' or '0'
  return found
`;

/** KEYS: a document that holds a whole number. ARGV: now, what to add, the expiry of a new one, the new version. Answers the sum. */
export const COUNT = `
  local now = tonumber(ARGV[1])
  local sum, expiresAt = 0, ARGV[3]
  local version, expiry, number = string.match(redis.call('GET', KEYS[1]) or '', '^([^|]+)|([^|]*)|(-?%d+)$')
  if version and (expiry == '' or tonumber(expiry) > now) then
    sum, expiresAt = tonumber(number), expiry
  end
  sum = sum + tonumber(ARGV[2])
  local text = ARGV[4] .. '|' .. expiresAt .. '|' .. string.format('%d', sum)
  if expiresAt == '' then
    redis.call('SET', KEYS[1], text)
  else
    redis.call('SET', KEYS[1], text, 'PX', math.max(1, math.ceil(tonumber(expiresAt) - now)))
  end
  return sum
`;
