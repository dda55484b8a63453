using Platform.Api.Prices;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Spend;

/// <summary>All that is known of one record.</summary>
/// <param name="Price">The price version that it was rated at; null while unpriced.</param>
/// <param name="Corrections">What corrects it, and what late prices corrected in that: oldest first, at most 100.</param>
/// <param name="CorrectionCount">All of them: more than are listed where there are more than 100.</param>
/// <param name="NetCost">Its cost with all its corrections, listed or not; null while none of them has one.</param>
/// <param name="NetTokens">What they leave of its tokens.</param>
/// <param name="NetRequests">What they leave of its calls: 0 when it was taken back whole.</param>
/// <param name="Attempts">All attempts of its call in their order, itself among them.</param>
internal sealed record UsageDetailBody(
    UsageRecordBody Record, PriceBody? Price, IReadOnlyList<UsageRecordBody> Corrections, long CorrectionCount, Money? NetCost,
    CostBody? NetCostDetail, TokensBody NetTokens, long NetRequests, IReadOnlyList<UsageRecordBody> Attempts)
{
    public static UsageDetailBody From(UsageDetail detail) => new(
        UsageRecordBody.From(detail.Record), detail.Price is { } price ? PriceBody.From(price) : null, [.. detail.Corrections.Select(UsageRecordBody.From)],
        detail.CorrectionCount, detail.NetCost is { } net ? new Money(net.TotalNanos) : null, detail.NetCost is { } kinds ? CostBody.From(kinds) : null,
        TokensBody.From(detail.NetTokens), detail.NetRequests, [.. detail.Attempts.Select(UsageRecordBody.From)]);
}
