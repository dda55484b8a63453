using Grpc.Core;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast.Reviews;

/// <summary>Weekly reviews on the wire.</summary>
internal sealed class ReviewsService(GetReview getReview) : Contracts.Forecast.V1.Reviews.ReviewsBase
{
    [RequireRole(Role.Viewer)]
    public override Task<WeeklyReview> GetReview(GetReviewRequest request, ServerCallContext context) => getReview.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListReviewsResponse> ListReviews(ListReviewsRequest request, ServerCallContext context) => getReview.ListAsync(request, context.CancellationToken);
}
