# SQS with boto 2, of before boto3: Query, with GET, and queues called by their address. Arguments: host, port. Ends with "ok" and exit code 0.
import sys

from boto.sqs.connection import SQSConnection
from boto.sqs.message import RawMessage
from boto.sqs.regioninfo import SQSRegionInfo

connection = SQSConnection("AK", "SK", is_secure=False, port=int(sys.argv[2]), region=SQSRegionInfo(name="us-east-1", endpoint=sys.argv[1]))
queue = connection.create_queue("boto2", 30)
queue.set_message_class(RawMessage)
message = RawMessage()
message.set_body("h\u00e9 <&> hello")
message.message_attributes = {"a": {"data_type": "String", "string_value": "v"}}
queue.write(message)
(received,) = queue.get_messages(num_messages=10, message_attributes=["All"], attributes="All", wait_time_seconds=1)
assert received.get_body() == "h\u00e9 <&> hello"
assert received.message_attributes["a"]["string_value"] == "v"
assert received.attributes["ApproximateReceiveCount"] == "1"
received.change_visibility(0)
(received,) = queue.get_messages()
queue.delete_message(received)
queue.set_attribute("VisibilityTimeout", 44)
assert queue.get_timeout() == 44
queue.write_batch([(str(i), f"b{i}", 0) for i in range(10)])
batch = queue.get_messages(10)
assert len(queue.delete_message_batch(batch).results) == 10
assert [q.name for q in connection.get_all_queues("boto")] == ["boto2"]
assert connection.lookup("none") is None
queue.add_permission("l", "111122223333", "SendMessage")
queue.remove_permission("l")
queue.purge()
queue.delete()
print("ok")
