using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Platform.ServiceDefaults.Faults;
using Platform.ServiceDefaults.Identity;

namespace Platform.ServiceDefaults.Grpc;

public static class PlatformGrpc
{
    /// <summary>The largest message of services that take batches, and of every answer, in bytes. Above it gRPC refuses a call with RESOURCE_EXHAUSTED.</summary>
    public const int LargestMessageBytes = 16 * 1024 * 1024;

    private const int UsualMessageBytes = 4 * 1024 * 1024;

    /// <summary>gRPC server with errors, authentication and reflection. Goes with <see cref="UsePlatformGrpc"/>.</summary>
    public static void AddPlatformGrpc(this IServiceCollection services)
    {
        // Without state of their own: one of each serves all calls.
        services.AddSingleton<ErrorInterceptor>();
        services.AddSingleton<CallerCheck>();
        services.AddSingleton<AuthenticationInterceptor>();
        services.AddGrpc(options =>
        {
            options.Interceptors.Add<ErrorInterceptor>();
            options.Interceptors.Add<AuthenticationInterceptor>();
            options.MaxReceiveMessageSize = UsualMessageBytes;
        });

        // A few kilobytes of zip would be a whole message of empty entries, each of them an object. Afterwards, because AddGrpc fills a list that is empty.
        services.PostConfigure<GrpcServiceOptions>(options => options.CompressionProviders.Clear());
        services.AddGrpcReflection();
    }

    /// <summary>For a service that takes batches: a full one may be larger than what others take.</summary>
    public static void TakeBatches<TService>(this IServiceCollection services)
        where TService : class =>
        services.Configure<GrpcServiceOptions<TService>>(options => options.MaxReceiveMessageSize = LargestMessageBytes);

    /// <summary>Judges who calls before anything of a call's message is read. No method that asks for a role answers without it.</summary>
    public static void UsePlatformGrpc(this WebApplication app) => app.UseMiddleware<AdmissionMiddleware>();

    /// <summary>Reflection shows the contract, which is public; it needs no token.</summary>
    public static void MapPlatformReflection(this WebApplication app) => app.MapGrpcReflectionService().AllowAnonymous();

    /// <summary>
    /// A client of another service under this service's own token. Retries what the network lost: every mutating call carries an identity of its own, so
    /// repeating it has one effect.
    /// </summary>
    /// <param name="service">Resource name, for example wallet.</param>
    public static IHttpClientBuilder AddServiceClient<TClient>(this IServiceCollection services, string service)
        where TClient : ClientBase<TClient> =>
        services.AddClient<TClient>(service).AddCallCredentials((_, metadata, provider) =>
        {
            metadata.Add("authorization", $"Bearer {provider.GetRequiredService<IOptions<IdentityOptions>>().Value.ServiceToken}");
            return Task.CompletedTask;
        });

    /// <summary>A client of another service under the token of whoever calls us: faces pass their caller's rights on and have none of their own.</summary>
    /// <param name="service">Resource name, for example wallet.</param>
    /// <param name="name">For a contract that several services serve: what <c>GrpcClientFactory</c> knows this client by. Null where the type says it.</param>
    public static IHttpClientBuilder AddForwardingClient<TClient>(this IServiceCollection services, string service, string? name = null)
        where TClient : ClientBase<TClient>
    {
        services.AddHttpContextAccessor();
        return services.AddClient<TClient>(service, name).AddCallCredentials((_, metadata, provider) =>
        {
            var token = provider.GetRequiredService<IHttpContextAccessor>().HttpContext is { } http
                ? BearerToken.Read(http.Request.Headers.Authorization)
                : null;
            if (token is not null)
            {
                metadata.Add("authorization", $"Bearer {token}");
            }

            return Task.CompletedTask;
        });
    }

    /// <summary>A client of another service without a token, for callers that add their own: a page's circuit outlives the request that knew its caller.</summary>
    /// <param name="service">Resource name, for example wallet.</param>
    /// <param name="name">As in <see cref="AddForwardingClient{TClient}"/>.</param>
    public static IHttpClientBuilder AddClient<TClient>(this IServiceCollection services, string service, string? name = null)
        where TClient : ClientBase<TClient>
    {
        var client = services
            .AddGrpcClient<TClient>(name ?? typeof(TClient).Name, options => options.Address = new Uri($"http://_grpc.{service}"))
            .ConfigureChannel(channel =>
            {
                // Services talk inside a private network, where h2c is what they offer; a mesh adds TLS below.
                channel.UnsafeUseInsecureChannelCallCredentials = true;
                channel.MaxReceiveMessageSize = LargestMessageBytes;
                channel.ServiceConfig = Retries;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                EnableMultipleHttp2Connections = true,
                ConnectTimeout = TimeSpan.FromSeconds(3),

                // A connection that loses all it is given tells nobody, and streams begun anew go over it as well. Each that is silent is asked once a second (seventeen bytes each way); five seconds
                // without an answer are more than a busy machine makes of it (decision 0226).
                KeepAlivePingDelay = TimeSpan.FromSeconds(1),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,

                // A connection stays with one replica of the service; a new one now and then gives those that came back their share.
                PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            });
        client.AddServiceDiscovery();
        client.AddInterceptor(() => new LostConnections());
        if (SkewedTimeProvider.FromEnvironment() is SkewedTimeProvider skewed)
        {
            client.AddInterceptor(() => new SkewedDeadlines(skewed));
        }

        return client;
    }

    /// <summary>How clients of other services repeat a call that met UNAVAILABLE before any answer: up to three times, within a second or so.</summary>
    public static ServiceConfig Retries => new()
    {
        MethodConfigs =
        {
            new MethodConfig
            {
                Names = { MethodName.Default },
                RetryPolicy = new RetryPolicy
                {
                    MaxAttempts = 4,
                    InitialBackoff = TimeSpan.FromMilliseconds(50),
                    MaxBackoff = TimeSpan.FromSeconds(1),
                    BackoffMultiplier = 3,
                    RetryableStatusCodes = { StatusCode.Unavailable },
                },
            },
        },
    };
}
