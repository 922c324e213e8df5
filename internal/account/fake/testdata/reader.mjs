// Reads the answers of a fake AWS by the SDK for JavaScript, another reader than the
// program's. Asks what standard input names, and prints what came, as JSON.
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/reader.js");
const packages = {
  workspaces: ["client-workspaces", "WorkSpacesClient"],
  ds: ["client-directory-service", "DirectoryServiceClient"],
  ec2: ["client-ec2", "EC2Client"],
  iam: ["client-iam", "IAMClient"],
  sts: ["client-sts", "STSClient"],
  cloudwatch: ["client-cloudwatch", "CloudWatchClient"],
  cloudtrail: ["client-cloudtrail", "CloudTrailClient"],
};

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { endpoint, asks } = JSON.parse(text);
const read = {};
for (const { action, input } of asks) {
  const [service, operation] = action.split(":");
  const [name, client] = packages[service];
  const sdk = require("@aws-sdk/" + name);
  for (const key of ["StartTime", "EndTime"]) if (key in input) input[key] = new Date(input[key] * 1000);
  const { $metadata, ...output } = await new sdk[client]({
    region: "us-east-1",
    endpoint,
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
    maxAttempts: 1,
  }).send(new sdk[operation + "Command"](input));
  read[action] = output;
}
console.log(JSON.stringify(read));
