using Platform.Contracts.Events;
using Platform.ServiceDefaults;

namespace Platform.Wallet.Postings;

/// <summary>
/// Takes a batch that fails for what is in it apart: it is halved until what cannot be posted stands alone, so that it holds nothing else up. Safe to do again, because
/// each record is claimed once.
/// </summary>
/// <param name="post">Posts some of the items.</param>
internal sealed partial class PostApart(Func<List<UsageMeteredItem>, Task> post, ILogger log)
{
    private readonly Dictionary<Guid, Exception> _refused = [];

    /// <summary>Figures that leave their range, what a constraint forbids, what may not be: of an item or its wallet. Not a database that does not answer.</summary>
    public static bool IsOfItems(Exception exception) => exception is (InvalidOperationException and not ObjectDisposedException) || DatabaseFailures.IsOfFigures(exception);

    /// <exception cref="PostingRefusedException">Some cannot be posted; all others are.</exception>
    public async Task RunAsync(List<UsageMeteredItem> items, Exception failure)
    {
        await DivideAsync(items, failure);
        if (_refused.Count > 0)
        {
            throw new PostingRefusedException([.. _refused.Keys], _refused.Values.First());
        }
    }

    private async Task DivideAsync(List<UsageMeteredItem> items, Exception failure)
    {
        if (items.Count == 1)
        {
            LogRefused(failure, items[0].RecordId, items[0].AttemptId, items[0].TeamId);
            _refused.Add(items[0].RecordId, failure);
            return;
        }

        foreach (var half in (List<UsageMeteredItem>[])[items[..(items.Count / 2)], items[(items.Count / 2)..]])
        {
            try
            {
                await post(half);
            }
            catch (Exception exception) when (IsOfItems(exception))
            {
                await DivideAsync(half, exception);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Usage record {RecordId} of attempt {AttemptId} and team {TeamId} cannot be posted.")]
    private partial void LogRefused(Exception exception, Guid recordId, Guid attemptId, string teamId);
}
