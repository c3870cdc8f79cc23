const FIRST_LETTER = "a".charCodeAt(0);

/**
 * Writes bytes as lower-case letters, two per byte (`a` = 0 … `p` = 15).
 *
 * Ids in this project hold no digits: a random hexadecimal id contains eleven digits with valid
 * control digits about once in ten thousand, and would then be refused as an identity number.
 */
export function toLetters(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    text += String.fromCharCode(FIRST_LETTER + (byte >> 4), FIRST_LETTER + (byte & 15));
  }
  return text;
}

/** Reads what {@link toLetters} wrote, or nothing when the text is not of that form. */
export function fromLetters(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[a-p]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, index) => {
    const high = text.charCodeAt(2 * index) - FIRST_LETTER;
    const low = text.charCodeAt(2 * index + 1) - FIRST_LETTER;
    return (high << 4) | low;
  });
}
