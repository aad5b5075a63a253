export type Kind = 'audio' | 'video'

export interface PictureSize {
  width: number
  height: number
}

/** What a decoder takes at once. */
export interface Frame {
  kind: Kind
  data: Buffer
  isKeyframe: boolean
  /** Milliseconds, whole ones, by one clock for both kinds. */
  time: number
  /** Of a picture that needs no other. */
  size?: PictureSize | undefined
}
