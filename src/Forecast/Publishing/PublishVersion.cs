using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.Versions;
using Platform.Postgres;

namespace Platform.Forecast.Publishing;

/// <summary>Publishes the forecast as it stands, once for its idempotency key.</summary>
internal sealed class PublishVersion(Changes changes, ReadForecast forecast, WriteVersion write, Outbox outbox)
{
    private const int MostDescription = 500;

    /// <exception cref="RpcException">INVALID_ARGUMENT, FAILED_PRECONDITION (HISTORY_TOO_SHORT), ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public async Task<ForecastVersion> RunAsync(PublishVersionRequest request, string actor, CancellationToken cancellationToken)
    {
        if (Validation.Text("description", request.Description, 0, MostDescription) is { } problem)
        {
            throw RpcErrors.InvalidArgument(problem);
        }

        var answer = await changes.RunAsync(
            "forecast.publish", request.IdempotencyKey, request, ForecastVersion.Parser,
            async (transaction, now) =>
            {
                var inputs = await PublicationStore.ReadInputsAsync(transaction, now, cancellationToken);
                var moment = await forecast.RunAsync(BillingCalendar.Find("")!, now, cancellationToken);
                var order = new PublicationOrder(PublicationReason.OnDemand, actor, request.Description);
                var head = await write.RunAsync(transaction, order, moment, inputs.Inputs, cancellationToken) ?? throw RpcErrors.Create(
                    StatusCode.FailedPrecondition, Reasons.HistoryTooShort, Explanation.OfShortHistory(ScopeHistory.Of(moment.Current.Teams, moment.Current.Horizon.Today)));
                return head.ToWire(moment.Of("").Of(PeriodSpan.Of(PeriodKind.Month, moment.Current.Horizon)).Total);
            },
            cancellationToken,
            enter: transaction => PublicationStore.LockAsync(transaction, cancellationToken));
        outbox.Wake();
        return answer;
    }
}
