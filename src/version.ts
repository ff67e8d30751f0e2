/** Version of sigtrace; the test suite holds it equal to package.json. */
export const VERSION = '0.1.0'
