# Installs Aidpost for this person from this stick; needs no network and no administrator.
# Not tried by the makers: there was no Windows machine. See untested.md in papers.
$ErrorActionPreference = 'Stop'
function Fail($text) { Write-Host "aidpost: $text" -ForegroundColor Red; Read-Host 'Press Enter'; exit 1 }

$stick = Split-Path -Parent $MyInvocation.MyCommand.Path
if (-not (Test-Path (Join-Path $stick 'bundle.json'))) {
    Fail 'bundle.json is missing on the stick: it was not copied to its end. Copy it again.'
}
$parts = @(Get-ChildItem (Join-Path $stick 'app') -Filter 'aidpost-*-windows-x86_64.tar.gz*' | Sort-Object Name)
if ($parts.Count -eq 0) { Fail 'The stick holds no program for Windows.' }
$drive = (Get-Item $env:LOCALAPPDATA).PSDrive
if ($drive.Free -lt 1.7GB) { Fail 'The disk is too full: 1.7 GB must be free. Make room and try again.' }
$work = Join-Path $env:LOCALAPPDATA ('AidpostSetup-' + [guid]::NewGuid().ToString('N').Substring(0, 8))
New-Item -ItemType Directory -Path $work | Out-Null
try {
    Write-Host 'aidpost: The installer is unpacked; this takes a minute.'
    $whole = Join-Path $work 'aidpost.tar.gz'
    $out = [IO.File]::Create($whole)
    try {
        foreach ($part in $parts) {
            $in = [IO.File]::OpenRead($part.FullName)
            try { $in.CopyTo($out) } finally { $in.Dispose() }
        }
    } finally { $out.Dispose() }
    tar.exe -xzf $whole -C $work --strip-components=1
    if ($LASTEXITCODE -ne 0) { Fail 'The stick is damaged, or the disk is full. Nothing was installed.' }
    Remove-Item $whole
    & (Join-Path $work 'aidpost.exe') bundle install $stick @args
    if ($LASTEXITCODE -ne 0) { Fail 'Nothing was installed; the line above says why.' }
} finally {
    # A file that a virus scanner holds open goes with the next start of Windows.
    Remove-Item -Recurse -Force $work -ErrorAction SilentlyContinue
}
Read-Host 'Press Enter'
