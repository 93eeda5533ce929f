/** The object store's environment. */
import { commonEnvironment, parseEnvironment } from '@firesteel/service/environment';

/** Parsed once at start; a missing variable ends the process with its name. */
export const config = parseEnvironment(commonEnvironment, process.env);
