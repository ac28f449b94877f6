import { provideForm } from '../form.js'

/** vitest's global setup of the project `faults-embedded`: the form alone, no servers. */
export default provideForm
