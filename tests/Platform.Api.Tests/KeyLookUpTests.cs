using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Platform.Contracts.Identity.V1;

namespace Platform.Api.Tests;

/// <summary>Who is behind an id, as a Wallet says it that does not know of looking for ids yet: it answers the newest keys.</summary>
public sealed class KeyLookUpTests : IAsyncLifetime
{
    private readonly OlderIdentity _identity = new();
    private WebApplication _wallet = null!;
    private RunningApi _api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _wallet = await NeighbourService.StartAsync(_identity, Cancel);
        _api = new RunningApi { Wallet = _wallet.Urls.Single() };
        await _api.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _wallet.DisposeAsync();
    }

    [Theory]
    [InlineData("key_1", "key_1", HttpStatusCode.OK)]
    [InlineData("key_1", "key_2,key_1", HttpStatusCode.OK)]
    [InlineData("key_1", "key_2", HttpStatusCode.NotFound)]
    [InlineData("key_1", "", HttpStatusCode.NotFound)]
    public async Task No_other_key_is_told_for_the_one_that_is_asked_for(string asked, string answered, HttpStatusCode status)
    {
        _identity.Keys = answered.Split(',', StringSplitOptions.RemoveEmptyEntries);

        var answer = await _api.Client.GetAsync($"/v1/keys/{asked}", Cancel);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK ? (asked, null) : (null, "KEY_NOT_FOUND"), ((string?)body["key_id"], (string?)body["reason"]));
    }

    private sealed class OlderIdentity : Contracts.Identity.V1.Identity.IdentityBase
    {
        public string[] Keys { get; set; } = [];

        public override Task<ListKeysResponse> ListKeys(ListKeysRequest request, ServerCallContext context) =>
            Task.FromResult(new ListKeysResponse { Keys = { Keys.Select(id => new ApiKey { KeyId = id }) } });
    }
}
