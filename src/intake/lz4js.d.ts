/** The part of lz4js that is used; the package brings no types. */
declare module 'lz4js' {
  const lz4: {
    /** Unpacks LZ4 frames. Throws an Error for anything else. */
    decompress(packed: Uint8Array, maxSize?: number): Uint8Array
  }
  export default lz4
}
