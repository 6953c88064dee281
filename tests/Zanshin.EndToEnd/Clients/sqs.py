# SQS with boto3, against the endpoint given: current versions speak JSON, those before 1.28 Query. Ends with "ok" and exit code 0.
import hashlib
import json
import sys

import boto3
from botocore.exceptions import ClientError

print("boto3", boto3.__version__)
sqs = boto3.client("sqs", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="AK", aws_secret_access_key="SK")


def fails(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response["Error"]
        return
    raise AssertionError(f"{code} was expected")


queue = sqs.create_queue(QueueName="py", Attributes={"VisibilityTimeout": "5"}, tags={"team": "shop"})["QueueUrl"]
assert sqs.get_queue_url(QueueName="py")["QueueUrl"] == queue
assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"team": "shop"}
sqs.tag_queue(QueueUrl=queue, Tags={"cost": "1"})
sqs.untag_queue(QueueUrl=queue, TagKeys=["team"])
assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"cost": "1"}

body = "h\u00e9 <&> \U0001F600\r\n"
sent = sqs.send_message(
    QueueUrl=queue,
    MessageBody=body,
    MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}, "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}},
    MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}},
)
assert sent["MD5OfMessageBody"] == hashlib.md5(body.encode()).hexdigest()
(message,) = sqs.receive_message(QueueUrl=queue, AttributeNames=["All"], MessageAttributeNames=["All"], WaitTimeSeconds=1)["Messages"]
assert message["Body"] == body, message["Body"]
assert message["MessageAttributes"]["b"]["BinaryValue"] == b"\x00\xff"
assert message["Attributes"]["AWSTraceHeader"] == "Root=1"
sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
(message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
assert "Messages" not in sqs.receive_message(QueueUrl=queue)

sent = sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": str(i), "MessageBody": "\u0001" if i == 3 else f"m{i}"} for i in range(10)])
assert len(sent["Successful"]) == 9
assert (sent["Failed"][0]["Id"], sent["Failed"][0]["Code"], sent["Failed"][0]["SenderFault"]) == ("3", "InvalidMessageContents", True)
messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
handles = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)]
assert len(sqs.change_message_visibility_batch(QueueUrl=queue, Entries=[{**h, "VisibilityTimeout": 9} for h in handles])["Successful"]) == 9
assert len(sqs.delete_message_batch(QueueUrl=queue, Entries=handles)["Successful"]) == 9

fails("AWS.SimpleQueueService.NonExistentQueue", sqs.send_message, QueueUrl=queue + "x", MessageBody="a")
fails("QueueAlreadyExists", sqs.create_queue, QueueName="py", Attributes={"VisibilityTimeout": "6"})
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"DelaySeconds": "0"})
assert sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]["DelaySeconds"] == "0"
sqs.add_permission(QueueUrl=queue, Label="l", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
sqs.remove_permission(QueueUrl=queue, Label="l")

dead = sqs.create_queue(QueueName="py-dead")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})})
assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [queue]
# Versions of before June 2023 do not know it.
if hasattr(sqs, "start_message_move_task"):
    sqs.send_message(QueueUrl=dead, MessageBody="again")
    sqs.start_message_move_task(SourceArn=arn, DestinationArn=arn.replace("py-dead", "py"))
    assert sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"][0]["Body"] == "again"
    assert sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]["ApproximateNumberOfMessagesMoved"] == 1

fifo = sqs.create_queue(QueueName="py.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
assert len(sqs.send_message(QueueUrl=fifo, MessageBody="a", MessageGroupId="g")["SequenceNumber"]) == 20
(message,) = sqs.receive_message(QueueUrl=fifo, AttributeNames=["All"], ReceiveRequestAttemptId="x")["Messages"]
assert message["Attributes"]["MessageGroupId"] == "g"
pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix="py", PaginationConfig={"PageSize": 2})
assert sum(len(page["QueueUrls"]) for page in pages) == 3
sqs.purge_queue(QueueUrl=queue)
sqs.delete_queue(QueueUrl=queue)
print("ok")
