/** Decimal texts of up to 15 digits and doubles correspond one to one: below this the fast way is exact. */
const EXACT_LIMIT = 1e15;

/**
 * `value` times 10^scale as an integer, exact from the shortest decimal text of the double (0.29 gives 2900 at scale 4,
 * although 0.29 * 10000 does not). More decimals than the scale are rounded half away from zero.
 * Numbers up to 53 bits come back as numbers, larger ones as bigints.
 */
export function unscaledOf(value: number, scale: number): number | bigint {
  const factor = 10 ** scale;
  const near = Math.round(value * factor);
  if (Math.abs(near) < EXACT_LIMIT && near / factor === value) return near;
  return unscaledOfText(value, scale);
}

function unscaledOfText(value: number, scale: number): number | bigint {
  const [mantissa, exponent] = Math.abs(value).toExponential().split('e');
  const [whole, fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  // The value is 0.digits times 10^point; `kept` of the digits are before the rounding.
  const kept = Number(exponent) + 1 + scale;
  let unscaled: bigint;
  if (kept < 0) unscaled = 0n;
  else if (kept >= digits.length) unscaled = BigInt(digits) * 10n ** BigInt(kept - digits.length);
  else unscaled = BigInt(digits.slice(0, kept) || '0') + (digits[kept] >= '5' ? 1n : 0n);
  const signed = value < 0 ? -unscaled : unscaled;
  return signed >= BigInt(Number.MIN_SAFE_INTEGER) && signed <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(signed)
    : signed;
}
