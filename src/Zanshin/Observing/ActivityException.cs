using System.Diagnostics;

namespace Zanshin.Observing;

/// <summary>
/// The event <c>exception</c> of OpenTelemetry's conventions on an activity. An exception's texts are the application's, and reading them may
/// throw: never into whoever ends the activity.
/// </summary>
internal static class ActivityException
{
    public static void Add(Activity activity, Exception exception) => activity.AddEvent(new ActivityEvent("exception", tags: new ActivityTagsCollection
    {
        ["exception.type"] = exception.GetType().FullName,
        ["exception.message"] = Message(exception),
        ["exception.stacktrace"] = Stacktrace(exception),
    }));

    public static string Message(Exception exception) => Read(exception, static e => e.Message);

    // The text of an exception has that of the inner ones, and what made a body unreadable may quote it.
    private static string Stacktrace(Exception exception) =>
        exception is UnreadableMessageException ? Read(exception, static e => e.StackTrace ?? "") : Read(exception, static e => e.ToString());

    private static string Read(Exception exception, Func<Exception, string> read)
    {
        try
        {
            return read(exception);
        }
        catch (Exception)
        {
            return "no message";
        }
    }
}
