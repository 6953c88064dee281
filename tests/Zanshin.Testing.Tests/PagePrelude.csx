// What the blocks of the pages take for granted: the setup that they are in, and the application's types.
using MessageAttributeValue = Amazon.SQS.Model.MessageAttributeValue;
using Message = Zanshin.Message;
using System.Text.Json.Serialization.Metadata;

HostApplicationBuilder builder = null;
ZanshinBuilder z = null;
QueueBuilder q = null;
ISender sender = null;
IBufferedSender buffer = null;
ILogger log = null;
CancellationToken cancel = default;
DateTimeOffset tomorrowAtSix = default;
OrderPlaced order = null;
OrderPlaced[] orders = null;
string page = null;
IAmazonSQS otherAccountsClient = null;
IServiceProvider services = null;

public record OrderPlaced(int Id) { public string Customer => ""; }
public record OrderCancelled(int Id);
public record Order(int Number);
public record Mail(string Text);
public record Report(string Name);
public record Viewed(string Page);
public record StateChange(string State);

public static class Json
{
    public static class Default
    {
        public static JsonTypeInfo<OrderPlaced> OrderPlaced;
        public static JsonTypeInfo<OrderCancelled> OrderCancelled;
        public static JsonTypeInfo<Order> Order;
        public static JsonTypeInfo<Mail> Mail;
        public static JsonTypeInfo<Report> Report;
        public static JsonTypeInfo<StateChange> StateChange;
    }
}

public abstract class Handler<T> : IHandle<T>
{
    public ValueTask<Outcome> HandleAsync(Message<T> message, CancellationToken cancel) => default;
}

public class PlaceOrder : Handler<OrderPlaced>;
public class ShipOrder : Handler<Order>;
public class SendMail : Handler<Mail>;
public class MakeReport : Handler<Report>;
public class OnStateChange : Handler<StateChange>;
public class OnUpload : Handler<S3Event>;

public class SendMails : IHandleBatch<Mail>
{
    public ValueTask<BatchOutcome> HandleAsync(IReadOnlyList<Message<Mail>> batch, CancellationToken cancel) => default;
}

public abstract class Layer : IMiddleware
{
    public ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel) => default;
}

public class TenantMiddleware : Layer;
public class AuditMiddleware : Layer;

public abstract class SendLayer : ISendMiddleware
{
    public ValueTask InvokeAsync(Outgoing message, SendDelegate next, CancellationToken cancel) => default;
}

public class Signs : SendLayer;
public class ToBlob : SendLayer;
public class Compresses : SendLayer;

public class Tracker : IFailureHandler
{
    public ValueTask HandleAsync(Failure failure, CancellationToken cancel) => default;
}
