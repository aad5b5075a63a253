import { allPrograms, installMissing } from '../test/services/programs.ts'

/** `npm test` and `npm run chaos` run this first. What it cannot install is reported when the tests need it. */
installMissing(allPrograms)
