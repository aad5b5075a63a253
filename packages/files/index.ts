export { replacePrivateFile, writePrivateFile } from './private-file.ts'
export { privateFolder } from './private-folder.ts'
