export { mediaRecorder, type MediaRecorderOptions } from './media-recorder.ts'
