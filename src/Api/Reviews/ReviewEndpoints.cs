using System.Net.Mime;
using Microsoft.Net.Http.Headers;
using Platform.Api.Http;
using Platform.Api.Identity;
using Platform.Contracts.Forecast.V1;
using ReviewsClient = Platform.Contracts.Forecast.V1.Reviews.ReviewsClient;

namespace Platform.Api.Reviews;

/// <summary><c>/v1/reviews</c>: weekly reviews, as data and as documents.</summary>
internal static class ReviewEndpoints
{
    private const string Latest = "latest";
    private const string Html = "text/html";
    private const string Markdown = "text/markdown";

    // One that is not kept is made now, of everything that is known.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(5);

    public static void MapReviews(this WebApplication app)
    {
        var reviews = app.MapGroup("/v1/reviews").WithTags("forecast");
        reviews.MapGet("", ListAsync).WithSummary("Kept weekly reviews, newest week first.");
        reviews.MapGet("/{week}", GetAsync).WithSummary("The review of a week (2026-W26, or latest): kept, else made now. Accept: application/json, text/markdown or text/html.")
            .Produces<ReviewBody>(StatusCodes.Status200OK, MediaTypeNames.Application.Json, Markdown, Html);
    }

    private static async Task<ReviewsBody> ListAsync(int? limit, ReviewsClient reviews, HttpContext http)
    {
        var answer = await reviews.ListReviewsAsync(new ListReviewsRequest { Limit = limit ?? 0 }, Call.Options(http));
        return new ReviewsBody(answer.Currency, [.. answer.Reviews.Select(ReviewHeadBody.From)], answer.ReviewsTotal);
    }

    private static async Task<IResult> GetAsync(string week, ReviewsClient reviews, KeyNames names, HttpContext http)
    {
        var review = await reviews.GetReviewAsync(new GetReviewRequest { Week = week == Latest ? "" : week }, Call.Options(http, AnswerLimit));
        http.Response.Headers.Vary = HeaderNames.Accept;
        var wanted = Wanted(http.Request);
        if (wanted is not (Html or Markdown))
        {
            return Results.Ok(ReviewBody.From(review));
        }

        var document = new ReviewDocument(review, await names.ReadAsync(review.Controls.Select(change => change.Actor), http));
        return wanted == Html
            ? Results.Text(HtmlWriter.Write(document.Title, document.Blocks()), $"{Html}; charset=utf-8")
            : Results.Text(MarkdownWriter.Write(document.Blocks()), $"{Markdown}; charset=utf-8");
    }

    /// <summary>The best of what the caller takes; JSON where it takes anything, or nothing of these.</summary>
    private static string Wanted(HttpRequest request) => request.GetTypedHeaders().Accept.OrderByDescending(type => type.Quality ?? 1)
        .Select(type => type.MediaType.ToString()).FirstOrDefault(type => type is Html or Markdown or "application/json") ?? "application/json";
}
