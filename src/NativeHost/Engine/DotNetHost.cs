using System.Runtime.InteropServices;

namespace Platform.NativeHost.Engine;

internal static class DotNetHost
{
    /// <summary>The <c>dotnet</c> that this process itself runs on, so that services never meet another installation.</summary>
    public static string Path { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
}
