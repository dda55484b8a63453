using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Cli.Reconcile.Bills;
using Platform.Contracts;

namespace Platform.Cli.Reconcile;

/// <summary>The usage of a window, as rows that stream in.</summary>
/// <param name="HasMargin">False: retention has dropped what occurred before the window, so the rows begin with it.</param>
internal sealed record UsageLeg(Stream Rows, bool HasMargin) : IAsyncDisposable
{
    /// <summary>
    /// Opens it from a margin before the window on, for calls that the provider's clock places in it; where that is no longer kept, from the window on, so that the oldest month that is kept can be
    /// compared. A refusal comes before the first row.
    /// </summary>
    /// <exception cref="KtError">The API refuses; USAGE_NOT_KEPT also of the window itself.</exception>
    public static async Task<UsageLeg> OpenAsync(
        ApiClient api, DateTimeOffset from, TimeSpan margin, DateTimeOffset to, DateTimeOffset watermark, CancellationToken cancellation)
    {
        try
        {
            return new UsageLeg(await RowsAsync(from - margin), HasMargin: true);
        }
        catch (KtError refusal) when (refusal.Reason == Reasons.UsageNotKept)
        {
            return new UsageLeg(await RowsAsync(from), HasMargin: false);
        }

        Task<Stream> RowsAsync(DateTimeOffset begin) => api.OpenAsync(
            Query.Path("v1/reconciliation/usage", ("from", BillText.Time(begin)), ("to", BillText.Time(to)), ("recorded_until", BillText.Time(watermark))), cancellation);
    }

    public ValueTask DisposeAsync() => Rows.DisposeAsync();
}
