// Every action of SQS with the AWS SDK for JavaScript, against the endpoint given. Ends with "ok" and exit code 0.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
const { SQS } = createRequire(process.argv[2] + "/")("@aws-sdk/client-sqs");

const sqs = new SQS({ endpoint: process.argv[3], region: "us-east-1", credentials: { accessKeyId: "AK", secretAccessKey: "SK" } });
const { QueueUrl } = await sqs.createQueue({ QueueName: "js", Attributes: { VisibilityTimeout: "5" }, tags: { team: "shop" } });
assert.equal((await sqs.getQueueUrl({ QueueName: "js" })).QueueUrl, QueueUrl);
assert.deepEqual((await sqs.listQueueTags({ QueueUrl })).Tags, { team: "shop" });
await sqs.tagQueue({ QueueUrl, Tags: { cost: "1" } });
await sqs.untagQueue({ QueueUrl, TagKeys: ["team"] });
assert.deepEqual((await sqs.listQueueTags({ QueueUrl })).Tags, { cost: "1" });

const body = "h\u00e9 <&> \u{1F600}\r\n";
// The SDK checks the MD5 of the body itself.
await sqs.sendMessage({
  QueueUrl, MessageBody: body,
  MessageAttributes: { n: { DataType: "Number", StringValue: "1" }, b: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) } },
  MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1" } },
});
let [message] = (await sqs.receiveMessage({ QueueUrl, MessageSystemAttributeNames: ["All"], MessageAttributeNames: ["All"], WaitTimeSeconds: 1 })).Messages;
assert.equal(message.Body, body);
assert.deepEqual([...message.MessageAttributes.b.BinaryValue], [0, 255]);
assert.equal(message.Attributes.AWSTraceHeader, "Root=1");
await sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0 });
[message] = (await sqs.receiveMessage({ QueueUrl })).Messages;
await sqs.deleteMessage({ QueueUrl, ReceiptHandle: message.ReceiptHandle });
assert.equal((await sqs.receiveMessage({ QueueUrl })).Messages, undefined);

const sent = await sqs.sendMessageBatch({ QueueUrl, Entries: Array.from({ length: 10 }, (_, i) => ({ Id: `${i}`, MessageBody: i === 3 ? "\u0001" : `m${i}` })) });
assert.equal(sent.Successful.length, 9);
assert.deepEqual([sent.Failed[0].Id, sent.Failed[0].Code], ["3", "InvalidMessageContents"]);
const { Messages } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
const handles = Messages.map((m, i) => ({ Id: `${i}`, ReceiptHandle: m.ReceiptHandle }));
assert.equal((await sqs.changeMessageVisibilityBatch({ QueueUrl, Entries: handles.map(h => ({ ...h, VisibilityTimeout: 9 })) })).Successful.length, 9);
assert.equal((await sqs.deleteMessageBatch({ QueueUrl, Entries: handles })).Successful.length, 9);

await assert.rejects(sqs.getQueueUrl({ QueueName: "nowhere" }), { name: "QueueDoesNotExist" });
await assert.rejects(sqs.createQueue({ QueueName: "js", Attributes: { VisibilityTimeout: "6" } }), { name: "QueueNameExists" });
await sqs.setQueueAttributes({ QueueUrl, Attributes: { DelaySeconds: "0" } });
assert.equal((await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] })).Attributes.DelaySeconds, "0");
await sqs.addPermission({ QueueUrl, Label: "l", AWSAccountIds: ["111122223333"], Actions: ["SendMessage"] });
await sqs.removePermission({ QueueUrl, Label: "l" });

const dead = (await sqs.createQueue({ QueueName: "js-dead" })).QueueUrl;
const arn = (await sqs.getQueueAttributes({ QueueUrl: dead, AttributeNames: ["QueueArn"] })).Attributes.QueueArn;
await sqs.setQueueAttributes({ QueueUrl, Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 1 }) } });
assert.deepEqual((await sqs.listDeadLetterSourceQueues({ QueueUrl: dead })).queueUrls, [QueueUrl]);
await sqs.sendMessage({ QueueUrl: dead, MessageBody: "again" });
await sqs.startMessageMoveTask({ SourceArn: arn, DestinationArn: arn.replace("js-dead", "js") });
assert.equal((await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 5 })).Messages[0].Body, "again");
assert.equal((await sqs.listMessageMoveTasks({ SourceArn: arn })).Results[0].ApproximateNumberOfMessagesMoved, 1);
await assert.rejects(sqs.cancelMessageMoveTask({ TaskHandle: "none" }), { name: "InvalidParameterValue" });

const fifo = (await sqs.createQueue({ QueueName: "js.fifo", Attributes: { FifoQueue: "true", ContentBasedDeduplication: "true" } })).QueueUrl;
assert.equal((await sqs.sendMessage({ QueueUrl: fifo, MessageBody: "a", MessageGroupId: "g" })).SequenceNumber.length, 20);
assert.equal((await sqs.receiveMessage({ QueueUrl: fifo, ReceiveRequestAttemptId: "x", MessageSystemAttributeNames: ["MessageGroupId"] })).Messages[0].Attributes.MessageGroupId, "g");
assert.equal((await sqs.listQueues({ QueueNamePrefix: "js" })).QueueUrls.length, 3);
await sqs.purgeQueue({ QueueUrl });
await sqs.deleteQueue({ QueueUrl });
console.log("ok");
