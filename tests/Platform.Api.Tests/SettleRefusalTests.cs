using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;

namespace Platform.Api.Tests;

public sealed class SettleRefusalTests
{
    [Fact(Timeout = 300_000)]
    public async Task Attempt_for_which_nothing_is_set_aside_any_more_is_told_how_its_bill_is_recorded()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var wallet = await NeighbourService.StartAsync(new WalletWithoutHolds(), cancel);
        await using var metering = await NeighbourService.StartAsync(new MeteringWithoutRecords(), cancel);
        await using var api = new RunningApi { Wallet = wallet.Urls.Single(), Metering = metering.Urls.Single() };
        await api.InitializeAsync();

        var answer = await api.PostAsync("/v1/wallets/suspense/0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10/settle", """{"input_tokens": 8, "output_tokens": 15}""");
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel))!;

        Assert.Equal((HttpStatusCode.NotFound, "HOLD_NOT_FOUND"), (answer.StatusCode, (string?)problem["reason"]));
        Assert.Contains("POST /v1/spend/log with its attempt_id and funding external", (string?)problem["detail"], StringComparison.Ordinal);
    }

    private sealed class WalletWithoutHolds : Contracts.Wallet.V1.Wallet.WalletBase
    {
        public override Task ListOpenHolds(ListOpenHoldsRequest request, IServerStreamWriter<OpenHold> responseStream, ServerCallContext context) => Task.CompletedTask;
    }

    private sealed class MeteringWithoutRecords : Usage.UsageBase
    {
        public override Task<ListUsageResponse> ListUsage(ListUsageRequest request, ServerCallContext context) => Task.FromResult(new ListUsageResponse());
    }
}
