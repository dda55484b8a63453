using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using Platform.Contracts;
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

    [Fact(Timeout = 300_000)]
    public async Task Attempt_is_settled_whatever_else_is_in_suspense_and_however_many_read_all_of_it()
    {
        const string Attempt = "0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10";
        var cancel = TestContext.Current.CancellationToken;
        await using var wallet = await NeighbourService.StartAsync(new BusyWallet(), cancel);
        await using var metering = await NeighbourService.StartAsync(new MeteringWithoutRecords(), cancel);
        await using var api = new RunningApi { Wallet = wallet.Urls.Single(), Metering = metering.Urls.Single() };
        await api.InitializeAsync();

        var answer = await api.PostAsync($"/v1/wallets/suspense/{Attempt}/settle", """{"input_tokens": 8, "output_tokens": 15}""");

        Assert.Equal((HttpStatusCode.OK, Attempt), (answer.StatusCode, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel))!["record_id"]));
    }

    /// <summary>Answers no more streams of all holds, and whoever names an attempt.</summary>
    private sealed class BusyWallet : Contracts.Wallet.V1.Wallet.WalletBase
    {
        public override Task ListOpenHolds(ListOpenHoldsRequest request, IServerStreamWriter<OpenHold> responseStream, ServerCallContext context) => request.AttemptId.Length == 0
            ? throw RpcErrors.Create(StatusCode.ResourceExhausted, Reasons.StreamsBusy, "18 streams of holds and postings are being read already.")
            : responseStream.WriteAsync(new OpenHold { AttemptId = request.AttemptId, State = HoldState.Suspended, Context = new AttemptContext() }, context.CancellationToken);
    }

    private sealed class WalletWithoutHolds : Contracts.Wallet.V1.Wallet.WalletBase
    {
        public override Task ListOpenHolds(ListOpenHoldsRequest request, IServerStreamWriter<OpenHold> responseStream, ServerCallContext context) => Task.CompletedTask;
    }

    private sealed class MeteringWithoutRecords : Usage.UsageBase
    {
        public override Task<ListUsageResponse> ListUsage(ListUsageRequest request, ServerCallContext context) => Task.FromResult(new ListUsageResponse());

        public override Task<RecordResponse> Record(RecordRequest request, ServerCallContext context) => Task.FromResult(
            new RecordResponse { Results = { request.Events.Select(told => new RecordResult { Outcome = RecordOutcome.Accepted, RecordId = told.AttemptId }) } });
    }
}
