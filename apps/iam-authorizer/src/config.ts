/** The authorizer's environment. */
import { domainEnvironment } from '@firesteel/service/domain-service';
import { parseEnvironment } from '@firesteel/service/environment';

/** Parsed once at start; a missing variable ends the process with its name. */
export const config = parseEnvironment(domainEnvironment, process.env);
