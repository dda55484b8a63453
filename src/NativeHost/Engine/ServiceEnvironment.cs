using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Platform.NativeHost.Engine;

/// <summary>The environment of one program, spelled as Aspire spells it, so that no service can tell which engine started it.</summary>
internal sealed class ServiceEnvironment(IResource resource, TargetPorts targets, IConfiguration configuration)
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string OtlpProtocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string ResourceAttributes = "OTEL_RESOURCE_ATTRIBUTES";
    private const string InstanceId = "service.instance.id";

    public int TargetPort(EndpointAnnotation endpoint, int replica) => targets[endpoint, replica];

    public async Task<IReadOnlyDictionary<string, string>> EvaluateAsync(int replica, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(resource);
        AddRuntime(context.EnvironmentVariables);
        AddTelemetry(context.EnvironmentVariables, replica);
        AddListening(context.EnvironmentVariables, replica);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            annotation.Callback(context);
        }

        var values = new Dictionary<string, string>();
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            values[name] = value is IValueProvider provider
                ? await provider.GetValueAsync(cancellationToken) ?? string.Empty
                : (string)value;
        }

        return values;
    }

    // A dozen services share one machine here: one heap each instead of one a core, and no second compilation with profiles, but for who asks for it. Nor is a method compiled again before it was
    // called 1,024 times (the runtime reads the number as hexadecimal; its own is 30): three starts each in turns on two slow cores, 26 to 30 s and 32 to 37 s of processor time instead of 31 to 37 and 42 to 49.
    private void AddRuntime(Dictionary<string, object> variables)
    {
        if (resource is ProjectResource)
        {
            variables["DOTNET_gcServer"] = "0";
            variables["DOTNET_TieredPGO"] = "0";
            variables["DOTNET_TC_CallCountThreshold"] = "400";
        }
    }

    // Every setting of OpenTelemetry that the AppHost was given goes on as it is. Only who speaks is said here, as Aspire says it: one name for all programs would tell none of them apart.
    private void AddTelemetry(Dictionary<string, object> variables, int replica)
    {
        var given = configuration.GetChildren()
            .Where(setting => setting.Key.StartsWith("OTEL_", StringComparison.Ordinal) && setting.Value is { Length: > 0 })
            .ToDictionary(setting => setting.Key, setting => setting.Value!, StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            variables[name] = value;
        }

        if (given.ContainsKey(OtlpEndpoint))
        {
            variables.TryAdd(OtlpProtocol, "grpc");
            foreach (var delay in new[] { "OTEL_BLRP_SCHEDULE_DELAY", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_METRIC_EXPORT_INTERVAL" })
            {
                variables.TryAdd(delay, "1000"); // Milliseconds; in development people watch what they have just done.
            }
        }

        var others = (given.GetValueOrDefault(ResourceAttributes) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(pair => pair.Split('=')[0].TrimEnd() != InstanceId);
        variables["OTEL_SERVICE_NAME"] = resource.Name;
        variables[ResourceAttributes] = string.Join(',', others.Append(string.Create(CultureInfo.InvariantCulture, $"{InstanceId}={resource.Name}-{replica}")));
    }

    private void AddListening(Dictionary<string, object> variables, int replica)
    {
        var urls = new List<string>();
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            var port = targets[endpoint, replica];
            var url = string.Create(CultureInfo.InvariantCulture, $"{endpoint.UriScheme}://localhost:{port}");
            if (endpoint.KestrelName is { } kestrelName)
            {
                variables[$"Kestrel__Endpoints__{kestrelName}__Url"] = url;
            }
            else if (resource is ProjectResource && endpoint.UriScheme is "http" or "https")
            {
                urls.Add(url);
            }

            if (endpoint.TargetPortEnvironmentVariable is { } variable)
            {
                variables[variable] = port.ToString(CultureInfo.InvariantCulture);
            }
        }

        if (urls.Count > 0)
        {
            variables["ASPNETCORE_URLS"] = string.Join(';', urls);
        }
    }
}
