;(() => {
  const root = document.documentElement
  const $ = selector => document.querySelector(selector)
  const all = selector => [...document.querySelectorAll(selector)]
  for (const element of [$('.tools'), $('#filter-box')]) if (element) element.hidden = false

  // Copying: the clipboard where the browser lets a file have it, a selection where it does not.
  const copy = async () => {
    const text = $('#md').textContent
    try {
      await navigator.clipboard.writeText(text)
    } catch {
      const area = document.createElement('textarea')
      area.value = text
      document.body.append(area)
      area.select()
      document.execCommand('copy')
      area.remove()
    }
    const button = $('#b-md')
    const label = button.firstChild
    const before = label.data
    if (before === 'Copied ') return
    label.data = 'Copied '
    setTimeout(() => {
      label.data = before
    }, 1600)
  }

  const theme = () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
    root.dataset.theme = dark ? 'light' : 'dark'
  }

  $('#b-md').onclick = copy
  $('#b-theme').onclick = theme
  $('#b-print').onclick = () => print()

  // The filter: rows of evidence and groups of stacks that hold every word.
  const filter = $('#filter')
  const rows = all('.ev tbody tr')
  const groups = all('#stack-list details')
  const texts = new Map([...rows, ...groups].map(element => [element, element.textContent.toLowerCase()]))
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean)
    const holds = element => words.every(word => texts.get(element).includes(word))
    let lines = 0
    let stacks = 0
    for (const row of rows) {
      const gap = row.classList.contains('gap')
      row.hidden = words.length > 0 && (gap || !holds(row))
      if (!row.hidden && !gap) lines++
    }
    for (const group of groups) {
      group.hidden = words.length > 0 && !holds(group)
      if (!group.hidden && !group.classList.contains('idle')) stacks++
    }
    for (const table of all('.ev')) table.hidden = words.length > 0 && !table.querySelector('tbody tr:not([hidden])')
    $('#filter-count').value = words.length > 0 ? `${lines} lines, ${stacks} stacks` : ''
  }
  if (filter) filter.oninput = apply

  // A permalink into something folded opens it.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)))
    for (let at = target; at; at = at.parentElement) if (at.localName === 'details') at.open = true
    if (target?.closest('[hidden]') && filter) {
      filter.value = ''
      apply()
    }
    if (target) target.scrollIntoView()
  }
  addEventListener('hashchange', reveal)
  if (location.hash) reveal()

  const sections = all('main > section')
  const go = step => {
    const here = sections.findLastIndex(section => section.getBoundingClientRect().top < 90)
    const next = sections[Math.min(sections.length - 1, Math.max(0, here + step))]
    next?.scrollIntoView()
  }
  addEventListener('keydown', event => {
    if (event.metaKey || event.ctrlKey || event.altKey) return
    if (event.target.matches('input')) {
      if (event.key === 'Escape') {
        filter.value = ''
        apply()
        filter.blur()
      }
      return
    }
    if (event.key === '/' && filter) {
      event.preventDefault()
      filter.scrollIntoView({ block: 'center' })
      filter.focus({ preventScroll: true })
    } else if (event.key === 't') theme()
    else if (event.key === 'm') copy()
    else if (event.key === 'j') go(1)
    else if (event.key === 'k') go(-1)
  })

  const links = all('.rail a')
  const watcher = new IntersectionObserver(
    entries => {
      for (const entry of entries)
        if (entry.isIntersecting)
          for (const link of links) link.parentElement.classList.toggle('on', link.hash === `#${entry.target.id}`)
    },
    { rootMargin: '-15% 0px -75% 0px' },
  )
  for (const section of sections) watcher.observe(section)

  // Paper cannot be unfolded.
  let folded = []
  addEventListener('beforeprint', () => {
    folded = all('details:not([open])').filter(details => !details.closest('#markdown'))
    for (const details of folded) details.open = true
  })
  addEventListener('afterprint', () => {
    for (const details of folded) details.open = false
  })
})()
