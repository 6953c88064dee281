namespace Zanshin.LocalQueue.Actions;

/// <summary>Which entries of a delete or visibility batch succeeded, and which failed.</summary>
internal sealed class BatchResponse(List<string> successful, List<BatchError> failed) : SqsResponse
{
    internal List<string> Successful => successful;

    internal List<BatchError> Failed => failed;
}
