using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Policies;

public sealed class ModelsEndpointTests
{
    [Theory]
    [InlineData("gpt-5", "gpt-5")]
    [InlineData("openai/gpt-5", "openai/gpt-5")]
    [InlineData("openai%2Fgpt-5", "openai/gpt-5")]
    [InlineData("openai%2fgpt%205", "openai/gpt 5")]
    public async Task Name_with_a_slash_is_found_whether_its_client_encodes_it_or_not(string inPath, string name)
    {
        var builder = LoopbackServer.NewBuilder();
        builder.Services.AddRouting();
        await using var app = builder.Build();
        app.UseRouting();
        app.MapGet("/v1/models/{**name}", (string name) => ModelsEndpoint.NameOf(name));
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Assert.Equal(name, Encoding.UTF8.GetString(await client.GetByteArrayAsync(new Uri($"/v1/models/{inPath}", UriKind.Relative), TestContext.Current.CancellationToken)));
    }
}
