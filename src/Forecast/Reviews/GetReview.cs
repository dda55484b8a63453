using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;

namespace Platform.Forecast.Reviews;

/// <summary>Answers the review of a week, and which are kept.</summary>
internal sealed class GetReview(ReviewStore store, MakeReview make, OrganisationDirectory organisation, TimeProvider time)
{
    private const int DefaultLimit = 52;
    private const int MostLimit = 520;

    public async Task<WeeklyReview> RunAsync(GetReviewRequest request, CancellationToken cancellationToken)
    {
        var week = request.Week.Length > 0 ? ReviewWeek.Parse(request.Week) : ReviewWeek.LastOver(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
        return await store.FindAsync(week.Name, cancellationToken) ?? await make.RunAsync(week, cancellationToken);
    }

    public async Task<ListReviewsResponse> ListAsync(ListReviewsRequest request, CancellationToken cancellationToken)
    {
        var limit = request.Limit is >= 0 and <= MostLimit ? request.Limit : throw RpcErrors.InvalidArgument($"limit must be 1 to {MostLimit}, or 0 for {DefaultLimit}; it is {request.Limit}.");
        return new ListReviewsResponse
        {
            Currency = await organisation.ReadCurrencyAsync(cancellationToken),
            Reviews = { await store.ListAsync(limit == 0 ? DefaultLimit : limit, cancellationToken) },
            ReviewsTotal = await store.CountAsync(cancellationToken),
        };
    }
}
