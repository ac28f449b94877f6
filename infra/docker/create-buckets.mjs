// node create-buckets.mjs BUCKET...: makes the buckets that are not there yet.
// On a real deployment they exist already; this is for the S3 server that docker-compose.yml starts. The endpoint,
// region and credentials are the SDK's own environment variables.
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3'

const client = new S3Client({ forcePathStyle: true })

for (const Bucket of process.argv.slice(2)) {
  try {
    await client.send(new HeadBucketCommand({ Bucket }))
    console.log(`${Bucket}: there`)
  } catch (error) {
    if (error.$metadata?.httpStatusCode !== 404) throw error
    await client.send(new CreateBucketCommand({ Bucket }))
    console.log(`${Bucket}: created`)
  }
}
