/** The AWS clients of the demo: the public API, as any user has it. */
import { EMRServerlessClient } from '@aws-sdk/client-emr-serverless';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import type { AwsAccess } from '../state/aws-profile.ts';

/** Clients with the root key. */
export type Clients = {
  readonly emr: EMRServerlessClient;
  readonly iam: IAMClient;
  readonly s3: S3Client;
  readonly access: AwsAccess;
};

/** Opens clients at our endpoint; nothing is sent yet. */
export function openClients(access: AwsAccess, s3Endpoint: string | undefined): Clients {
  const { accessKeyId, secretAccessKey, endpointUrl, region } = access;
  const credentials = { accessKeyId, secretAccessKey };
  const common = { endpoint: endpointUrl, region, credentials, maxAttempts: 5 };
  return {
    emr: new EMRServerlessClient(common),
    iam: new IAMClient(common),
    s3: new S3Client({
      ...common,
      endpoint: s3Endpoint ?? endpointUrl,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    }),
    access,
  };
}
