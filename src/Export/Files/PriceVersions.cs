using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Export.Files;

/// <summary>Every version of every price, by pages: versions only ever become more, and after years they are more than one answer holds.</summary>
internal static class PriceVersions
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    public static async Task<ListPricesResponse> ReadAsync(Prices.PricesClient prices, TimeProvider time, CancellationToken cancellationToken) => new()
    {
        Prices =
        {
            await PageRequest.ReadAllAsync<PriceRow>(async token =>
            {
                var request = new ListPricesRequest { AllVersions = true, PageSize = PageRequest.LargestSize, PageToken = token };
                var page = await prices.ListPricesAsync(request, deadline: (time.GetUtcNow() + AnswerLimit).UtcDateTime, cancellationToken: cancellationToken);
                return (page.Prices, page.NextPageToken);
            }),
        },
    };
}
