using System.ComponentModel.DataAnnotations;

namespace Platform.ServiceDefaults.Identity;

public sealed class IdentityOptions
{
    public const string Section = "Identity";

    /// <summary>The token that this service calls other services with (role gateway). A secret: from the environment only.</summary>
    [Required(ErrorMessage = "Identity:ServiceToken is missing: set the environment variable Identity__ServiceToken.")]
    public string ServiceToken { get; set; } = "";

    /// <summary>How long the directory is trusted after its stream broke, in seconds.</summary>
    [Range(2, 3600)]
    public int GraceSeconds { get; set; } = 60;
}
